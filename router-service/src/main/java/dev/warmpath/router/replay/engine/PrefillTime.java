package dev.warmpath.router.replay.engine;

/**
 * Time of a step that only computes prompts: {@code base + max(floor, perToken * (referenceTp /
 * tp)^tpExponent * n + perTokenContext * n * (context + n/2))}, {@code n} being the tokens
 * computed.
 *
 * @param baseMs per step, milliseconds
 * @param floorMs memory or launch floor of the part that grows with tokens, milliseconds
 * @param perTokenMs milliseconds a token at {@code referenceTp} GPUs
 * @param perTokenContextMs milliseconds a token and token of context before it: attention
 * @param referenceTp tensor-parallel size that {@code perTokenMs} holds for
 * @param tpExponent how the time a token falls with the tensor-parallel size
 */
public record PrefillTime(
    double baseMs,
    double floorMs,
    double perTokenMs,
    double perTokenContextMs,
    double referenceTp,
    double tpExponent)
    implements PromptSteps {
  public PrefillTime {
    Constants.requireNotNegative("base_ms", baseMs);
    Constants.requireNotNegative("floor_ms", floorMs);
    Constants.requireNotNegative("per_token_ms", perTokenMs);
    Constants.requireNotNegative("per_token_context_ms", perTokenContextMs);
    Constants.requireAbove("reference_tp", referenceTp, 0);
    Constants.requireNotNegative("tp_exponent", tpExponent);
  }

  @Override
  public double millis(long promptTokens, double promptContext, double tp) {
    double scale = StrictMath.pow(referenceTp / tp, tpExponent);
    double grown = perTokenMs * scale * promptTokens + perTokenContextMs * promptContext;
    return baseMs + Math.max(floorMs, grown);
  }
}
