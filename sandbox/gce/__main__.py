"""The part of the stand-in cloud that runs: metadata server, TokenReview webhook, instance groups' caretaker."""

import threading

from sandbox.gce import groups, metadata_server, token_review
from sandbox.gce.access_tokens import AccessTokens


def main() -> None:
    """Serve until ended."""
    tokens = AccessTokens()
    for server in (metadata_server.server(tokens), token_review.server(tokens)):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    groups.care_forever()


if __name__ == "__main__":
    main()
