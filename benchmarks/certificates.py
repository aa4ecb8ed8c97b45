"""A certificate for the sink, and how a process comes to trust it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate for 127.0.0.1, made for this run."""

    file: Path
    """Holds the certificate and its key."""
    trusted_with: Mapping[str, str]
    """What a process has in its environment that trusts it, whichever client it uses."""


def make_certificate(folder: Path) -> Certificate:
    """Makes one, and an authority that nothing else trusts; both are files in `folder`."""
    authority = trustme.CA()
    bundle, file = folder / "authority.pem", folder / "sink.pem"
    authority.cert_pem.write_to_path(str(bundle))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(file))
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    return Certificate(file, dict.fromkeys(names, str(bundle)))
