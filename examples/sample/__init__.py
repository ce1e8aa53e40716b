"""Source of the sample that the package ships: problems, model-like candidates and model-like tests."""
