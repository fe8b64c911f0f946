"""How the cluster knows access tokens, as on GKE: a TokenReview webhook that the apiserver asks.

The apiserver asks about bearer tokens that do not belong to its own service accounts
(kubernetes.io/docs/reference/access-authn-authz/authentication, "Webhook token authentication").
"""

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sandbox.gce.access_tokens import AccessTokens
from sandbox.kubernetes.control_plane import TOKEN_REVIEW_PORT


def reviewed(review: dict[str, object], tokens: AccessTokens) -> dict[str, object]:
    """The answer to a TokenReview: only the user; the apiserver adds the groups of every authenticated user."""
    spec = review.get("spec")
    user = tokens.user_of(str(spec.get("token"))) if isinstance(spec, dict) else ""
    status = {"authenticated": True, "user": {"username": user}} if user else {"authenticated": False}
    return {"apiVersion": review.get("apiVersion"), "kind": "TokenReview", "status": status}


def server(tokens: AccessTokens) -> ThreadingHTTPServer:
    """The webhook, bound to its address and not yet serving."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            review = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            text = json.dumps(reviewed(review, tokens)).encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (http.server's name)
            """Nothing: the log has no room for every call of every instance."""

    return ThreadingHTTPServer(("127.0.0.1", TOKEN_REVIEW_PORT), Handler)
