"""`python -m plugins.commerce`: the plugin as a process."""

from plugins.commerce import plugin

if __name__ == "__main__":
    plugin.run()
