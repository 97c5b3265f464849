"""What `reconciler init` writes."""

from __future__ import annotations

SCHEMAS = ".reconciler/schemas"
"""Copies of the JSON Schemas, for editors; in the tree, so that they work for everybody, and offline."""

TREE = {
    "reconciler.yaml": f"""\
# yaml-language-server: $schema={SCHEMAS}/reconciler.schema.json
# The settings of this tree. Everything has a default, which is shown here; an empty file would do.
state: state      # what is known from run to run
output: certs     # where certificates are written

# Who fulfils challenges. Without this, apply writes down what is to be done, and waits for people to do it.
# challenges:
#   http-01:
#     webroot: /srv/acme            # a folder that the web server of these names serves
#     # listen: 0.0.0.0:80          # or: reconciler answers the CA by itself
#     # exec: [./publish]           # or: a program of yours
# DNS providers, which publish the records of dns-01, are files of dns-providers/; for instance corp.yaml:
#   type: rfc2136                   # or aws-route53, azure-dns, google-cloud-dns, lexicon
#   identifiers: ["*.example.com"]
#   nameserver: 192.0.2.53

# When certificates are renewed, if the CA suggests no time: 33% of the lifetime left, or a time such as 30d.
# renew:
#   before: 33%

# Private keys in the state as age files (https://age-encryption.org), so that it may live in Git.
# encryption:
#   recipients: [age1...]           # public keys; one of them that of the identity
#   identity: {{env: RECONCILER_AGE_IDENTITY}}

# How much one run may change, but for renewals: a number, or a part of the certificates that are known.
# safety: {{max_changes: 100, max_replace: 20%, max_forget: 10%}}

# The protected branch whose accounts, roles and identities count when a pull request is planned.
# trusted_ref: origin/main
""",
    "accounts/letsencrypt-staging.yaml": f"""\
# yaml-language-server: $schema=../{SCHEMAS}/account.schema.json
# An account at a CA; its name is the name of this file. apply makes its key and registers it.
# This CA is for trying things out: browsers do not trust what it issues, and its limits are wide.
directory_url: https://acme-staging-v02.api.letsencrypt.org/directory
# email_contacts: [admin@example.com]
# key_rotation: {{max_age: 90d}}     # a new key for the account that often
# Another client's account is taken over by: reconciler account import NAME --key-file PATH

# Read the terms (https://letsencrypt.org/repository/), then set this to true: nobody is registered without.
terms_of_service_agreed: false
""",
    "roles/web-servers.yaml": f"""\
# yaml-language-server: $schema=../{SCHEMAS}/role.schema.json
# A policy: which names may be had, by which challenges, with which keys, through which account.
acme_account_name: letsencrypt-staging
allowed_domains: [www.example.com]
allowed_domain_options: [bare_domains]
allowed_challenge_types: [http-01, dns-01]
csr_generate_key_type: ec-256
# allowed_key_types: [ec-256, rsa-2048]     # what a certificate may ask for by its key_type
""",
    "certificates/shop/www.yaml": f"""\
# yaml-language-server: $schema=../../{SCHEMAS}/certificate.schema.json
# A certificate that is wanted; its name is its path: shop/www. Put names of your own here and in the role.
role: web-servers
identifiers: [www.example.com]
# challenge_type: dns-01
# revoke: {{reason: superseded}}     # instead of another one; removing this file revokes nothing
""",
}
"""The files of a tree to start from."""

IGNORED = (
    # Keys, and what is written before it gets its name.
    "state/accounts/**/key-*.pem",
    "state/archive/accounts/**/key-*.pem",
    "state/archive/accounts/**/refused-*.pem",
    "state/**/privkey.pem",
    "state/**/.*.tmp",
    "certs/**/privkey.pem",
    "certs/**/.*.tmp",
    # What is made anew at every run.
    "state/challenges/",
    "state/.lock",
)
"""The lines that .gitignore must have, so that no key comes into Git."""
