"""The measurements: ratios in one run on one machine, never an absolute time (`./mizban bench`)."""
