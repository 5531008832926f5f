"""The rules of telling people: which notice, when, how often, and what a provider's word changes. Pure."""
