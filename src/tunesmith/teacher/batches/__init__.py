"""Batch endpoints: another way to ask, at half the price; `batches.driver` takes the place of the driver."""
