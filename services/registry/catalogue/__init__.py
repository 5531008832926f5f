"""The catalogue of services, out and in: CPSV-AP 3.2.0 as JSON-LD, and a table as XLSX or CSV (docs/catalogue.md)."""
