"""`python -m plugins.accounting`: the plugin as a process."""

from plugins.accounting import plugin

if __name__ == "__main__":
    plugin.run()
