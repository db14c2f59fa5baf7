/** Tests take many policies away at once, and mean it; those of the breaker set limits of their own. */
export const unlimited = { policies: 1_000_000 };
