"""Training: lessons become a model. Files go in and come out; what the lessons are is decided elsewhere."""
