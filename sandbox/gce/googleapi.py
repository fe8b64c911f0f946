"""Errors in the words of Google's APIs, as Google's client for Go prints them (google.golang.org/api/googleapi)."""


class GoogleError(Exception):
    """A request that the cloud refuses; the text is the whole message."""


def error(code: int, message: str, reason: str) -> GoogleError:
    """The error as googleapi.Error prints it."""
    return GoogleError(f"googleapi: Error {code}: {message}, {reason}")


def invalid(message: str) -> GoogleError:
    """The cloud does not accept an argument."""
    return error(400, message, "invalid")


def not_found(path: str) -> GoogleError:
    """A resource does not exist. path: its name from `projects/` on."""
    return error(404, f"The resource '{path}' was not found", "notFound")


def already_exists(path: str) -> GoogleError:
    """The name of a resource is taken."""
    return error(409, f"The resource '{path}' already exists", "alreadyExists")
