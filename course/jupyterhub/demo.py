"""The demonstration's way in: any name, any password, from this machine only."""

import re
from ipaddress import ip_address

from jupyterhub.auth import DummyAuthenticator

NOTICE = (
    "THIS IS A DEMONSTRATION. Any name and any password are let in, everybody can read everything, and it "
    "must not be reached from a network. Do not put real submissions here."
)


class DemoAuthenticator(DummyAuthenticator):
    """Lets everybody in who comes from this machine, whatever address the hub was told to listen on."""

    async def authenticate(self, handler, data):
        """The user's name, or None."""
        if not ip_address(handler.request.remote_ip).is_loopback:
            self.log.error(
                "Turned away %s: the demonstration is for this machine.", handler.request.remote_ip
            )
            return None
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", data["username"]):
            return None  # the name becomes a folder
        return await super().authenticate(handler, data)
