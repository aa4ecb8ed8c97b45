"""Once a stream: a rule and a table become a plan."""
