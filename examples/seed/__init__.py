"""The seed model: a tiny language model that plays every role of the loop, imperfectly, and how it is made."""
