"""From a judged problem to the program that is most likely right: clusters, rules, their stability, the bound."""
