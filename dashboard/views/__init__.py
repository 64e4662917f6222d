"""Between callbacks and components: ask a service, share the answer under the data version, say it in words."""
