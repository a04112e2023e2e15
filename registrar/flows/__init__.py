"""Every flow of the registrar."""

from typing import Any

from flows.schema import Flow

from .authorizations import AUTHORIZE_PLUGIN, REVOKE_AUTHORIZATION
from .connect_plugin import CONNECT_PLUGIN
from .disconnect_plugin import DISCONNECT_PLUGIN
from .plugin_state import DISABLE_PLUGIN, ENABLE_PLUGIN, ROTATE_PLUGIN_SECRET
from .register_plugin import REGISTER_PLUGIN
from .roles import GRANT_ROLE, REVOKE_ROLE
from .update_connection import UPDATE_CONNECTION
from .update_plugin import UPDATE_PLUGIN

FLOWS: tuple[Flow[Any], ...] = (
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
