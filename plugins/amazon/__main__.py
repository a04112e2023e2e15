"""`python -m plugins.amazon`: the plugin as a process."""

from plugins.amazon import plugin

if __name__ == "__main__":
    plugin.run()
