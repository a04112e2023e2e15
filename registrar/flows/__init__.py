"""Every flow of the registrar."""

from typing import Any

from flows.assembly import assemble
from flows.schema import Flow
from registrar.flows.authorizations import AUTHORIZE_PLUGIN, REVOKE_AUTHORIZATION
from registrar.flows.connect_plugin import CONNECT_PLUGIN
from registrar.flows.disconnect_plugin import DISCONNECT_PLUGIN
from registrar.flows.plugin_state import DISABLE_PLUGIN, ENABLE_PLUGIN, ROTATE_PLUGIN_SECRET
from registrar.flows.register_plugin import REGISTER_PLUGIN
from registrar.flows.roles import GRANT_ROLE, REVOKE_ROLE
from registrar.flows.update_connection import UPDATE_CONNECTION
from registrar.flows.update_plugin import UPDATE_PLUGIN

MUTATIONS: tuple[Flow[Any], ...] = (
    REGISTER_PLUGIN,
    UPDATE_PLUGIN,
    ENABLE_PLUGIN,
    DISABLE_PLUGIN,
    ROTATE_PLUGIN_SECRET,
    CONNECT_PLUGIN,
    DISCONNECT_PLUGIN,
    UPDATE_CONNECTION,
    AUTHORIZE_PLUGIN,
    REVOKE_AUTHORIZATION,
    GRANT_ROLE,
    REVOKE_ROLE,
)
"""Each is run by a mutation."""

FLOWS: tuple[Flow[Any], ...] = assemble("registrar", MUTATIONS)
