"""The catalogue of services in CPSV-AP 3.2.0, as JSON-LD: out (`writing`) and in again without loss (`reading`).

Pure: no store, no HTTP, and no look at the network. docs/catalogue.md tells which field stands where.
"""
