package dev.warmpath.router.replay.engine;

/**
 * Where an engine's constants come from; printed with every figure that rests on them.
 *
 * @param source what they were fitted on, or taken from
 * @param holdOut how far predictions of other measurements were off; says so where there are none
 */
public record Provenance(String source, String holdOut) {
  public Provenance {
    if (source.isBlank() || holdOut.isBlank()) {
      throw new IllegalArgumentException("provenance needs source and hold_out");
    }
  }
}
