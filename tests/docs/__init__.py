"""What the pages say is so: snippets run, commands and files exist, queries fit the schema."""
