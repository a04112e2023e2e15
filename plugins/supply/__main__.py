"""`python -m plugins.supply`: the plugin as a process."""

from plugins.supply import plugin

if __name__ == "__main__":
    plugin.run()
