"""A platform that a test scripts: the token endpoint and the gateway as a plugin's worker sees them.

Real sockets on a free port, the GraphQL executed by graphql-core on its own schema, and faults on demand.
"""

from tests.support.scripted.platform import Reply, ScriptedPlatform, scripted_platform
from tests.support.scripted.subscription import ScriptedSubscription

__all__ = ["Reply", "ScriptedPlatform", "ScriptedSubscription", "scripted_platform"]
