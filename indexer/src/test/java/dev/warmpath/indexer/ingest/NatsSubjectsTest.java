package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.v1.KvEventBatch;
import org.junit.jupiter.api.Test;

/** Names as subject tokens. */
class NatsSubjectsTest {
  @Test
  void namesBecomeOneTokenEach() {
    KvEventBatch batch =
        KvEventBatch.newBuilder()
            .setModel("meta-llama/Llama-3.1-8B")
            .setWorkerId("w_1")
            .setRank(3)
            .build();

    assertThat(new NatsSubjects("eu.west").events(batch))
        .isEqualTo("warmpath.v1.kv.eu%2Ewest.meta-llama%2FLlama-3%2E1-8B.w_1.3");
  }

  @Test
  void wildcardsBlanksAndOtherAlphabetsAreEncoded() {
    assertThat(NatsSubjects.token("a*> %\n\u00e9")).isEqualTo("a%2A%3E%20%25%0A%C3%A9");
  }

  @Test
  void differentNamesHaveDifferentTokens() {
    assertThat(NatsSubjects.token("a%2Eb")).isNotEqualTo(NatsSubjects.token("a.b"));
  }
}
