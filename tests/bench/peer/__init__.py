"""A Django project that is nothing but django-helpdesk; it has an environment of its own and imports nothing of ours.

Set for speed where a careful installation would be: connections that stay open, no e-mail sent, a quick password hash.
"""
