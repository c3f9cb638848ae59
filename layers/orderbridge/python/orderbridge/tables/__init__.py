"""The only modules that know DynamoDB and our keys; one module per table."""
