"""Who a person is: sign-in with OpenID Connect, and what is kept of it."""
