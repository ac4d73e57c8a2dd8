"""The guard as a small HTTP service, for browsers, other languages and batch jobs.

``create`` gives the WSGI application; `guardrail.serve.server` runs it. A shell like
`guardrail.intercept`: it carries bytes to the guard and back, and knows no rule.
"""

from guardrail.serve.app import ReviewService, create

__all__ = ["ReviewService", "create"]
