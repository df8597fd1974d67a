"""The API: routes that parse, call one function of storage, and answer."""
