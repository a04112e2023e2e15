"""`python -m plugins.market`: the plugin as a process."""

from plugins.market import plugin

if __name__ == "__main__":
    plugin.run()
