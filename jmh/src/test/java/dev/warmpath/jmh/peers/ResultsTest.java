package dev.warmpath.jmh.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The document that a comparison leaves behind. */
final class ResultsTest {
  @Test
  void theDocumentHasMediansInTheAgreedForm() {
    Results results = new Results();
    results.add("w16c16k", "crtc", "scores", Peer.parse("over=2 under=1 pairs=9"));
    for (int p50 : new int[] {30, 10, 20}) {
      String percentiles = "p50=%d p99=40 p999=50 ran=0.99".formatted(p50);
      results.add("w16c16k", "crtc", "lookup", Peer.parse(percentiles + " result=map"));
      results.add("w16c16k", "crtc", "busy", Peer.parse(percentiles));
    }
    results.add("w16c16k", "crtc", "apply", Peer.parse("ns_per_block=5.5 ran=0.5"));
    results.add("w16c16k", "crtc", "bytes", Peer.parse("per_block=190 swept=90"));
    results.add("events-8", "crtc", "apply", Peer.parse("ns_per_block=7"));

    ObjectNode json = results.toJson(JsonNodeFactory.instance.objectNode());

    assertThat(json.get("corpora").toString())
        .isEqualTo(
            "{\"w16c16k\":{\"crtc\":{\"over\":2.0,\"under\":1.0,"
                + "\"lookup_ns\":{\"p50\":20.0,\"p99\":40.0,\"p999\":50.0},"
                + "\"lookup_busy_ns\":{\"p50\":20.0,\"p99\":40.0,\"p999\":50.0},"
                + "\"apply_ns_per_block\":5.5,\"bytes_per_block\":190.0,"
                + "\"bytes_swept\":90.0}}}");
    assertThat(json.get("event_length").toString()).isEqualTo("{\"crtc\":{\"8\":7.0}}");
    assertThat(json.at("/spread/corpora/w16c16k/crtc/lookup_ns/p50").toString())
        .isEqualTo("[10.0,30.0]");
    assertThat(json.at("/context/result_forms/crtc").stringValue()).isEqualTo("map");
    assertThat(json.at("/context/short_of_a_core").toString())
        .isEqualTo("{\"w16c16k crtc apply\":0.5}");
  }

  @Test
  void theDocumentSaysHowLongJavaWasWarmedUp() {
    Results results = new Results();
    results.add("w16c2k", "warmpath", "apply", Peer.parse("ns_per_block=7 warm_up_s=2.5"));
    results.add("events-8", "warmpath", "apply", Peer.parse("ns_per_block=7 warm_up_s=3.5"));

    ObjectNode json = results.toJson(JsonNodeFactory.instance.objectNode());

    assertThat(json.at("/context/java_warm_up_seconds").toString())
        .isEqualTo("{\"apply\":{\"median\":3.0,\"most\":3.5}}");
    assertThat(results.table()).contains("median and most: apply 3.0, 3.5;");
  }

  @Test
  void whatASystemCannotDoIsNull() {
    Results results = new Results();
    results.add("w16c2k", "smgrt", "scores", Map.of("over", "0", "under", "0"));

    ObjectNode json = results.toJson(JsonNodeFactory.instance.objectNode());

    assertThat(json.at("/corpora/w16c2k/smgrt/lookup_busy_ns/p50").isNull()).isTrue();
    assertThat(results.table()).contains("smgrt");
  }

  @Test
  void aFailedBuildIsToldInOneLine() {
    String output =
        """
            Updating index
        error: failed to get `x` as a dependency

        Caused by:
          no matching package named `x` found
        """;
    assertThat(Rivals.firstError(output))
        .isEqualTo("error: failed to get `x` as a dependency: no matching package named `x` found");
  }
}
