"""Speed of the product against a Django-admin baseline, measured side by side; see benchmarks.run."""
