"""How much each principal and each address may ask in a minute."""
