"""The gate: the steps of ``make test``, what they find and how it is reported."""
