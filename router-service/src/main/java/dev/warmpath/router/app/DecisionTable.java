package dev.warmpath.router.app;

import dev.warmpath.v1.Candidate;
import dev.warmpath.v1.CostTerm;
import dev.warmpath.v1.HandOver;
import dev.warmpath.v1.Overlap;
import dev.warmpath.v1.OverlapKind;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A routing decision as a person reads it. */
final class DecisionTable {
  private static final double MILLIS_PER_SECOND = 1e3;

  /** What a target looks like, whether it could be chosen or not. */
  private static final List<String> STATE =
      List.of("overlap", "queued tokens", "blocks", "requests", "heard", "reported", "");

  private DecisionTable() {}

  /** The decision, and tables of the candidates when the reply has them. */
  static String render(RouteReply reply) {
    StringBuilder text = new StringBuilder();
    text.append("target    ").append(withAddress(reply.getTarget())).append('\n');
    if (reply.hasPrefillTarget()) {
      text.append("prefill   ").append(withAddress(reply.getPrefillTarget())).append('\n');
      appendHandOver(text, reply.getHandOver());
    }
    Overlap overlap = reply.getOverlap();
    text.append(
        "overlap   %s of %d blocks, %d of %d tokens cached%n"
            .formatted(
                blocks(overlap),
                overlap.getPromptBlocks(),
                overlap.getCachedTokens(),
                overlap.getPromptTokens()));
    text.append("policy    ").append(reply.getPolicy()).append('\n');
    text.append("reason    ").append(reply.getReason()).append('\n');
    if (reply.getBookingId() != 0) {
      text.append("booking   ").append(Long.toUnsignedString(reply.getBookingId())).append('\n');
    }
    if (reply.getCandidatesCount() > 0) {
      appendCandidates(text, reply.getCandidatesList());
    }
    return text.toString();
  }

  private static void appendHandOver(StringBuilder text, HandOver handOver) {
    text.append("hand over ").append(handOver.getBlocks()).append(" blocks");
    if (!handOver.getBootstrapHost().isEmpty()) {
      text.append(" at ").append(handOver.getBootstrapHost());
      text.append(':').append(handOver.getBootstrapPort());
    }
    if (handOver.hasBootstrapRoom()) {
      text.append(", room ").append(handOver.getBootstrapRoom());
    }
    text.append('\n');
  }

  /**
   * A table for each role, since roles are priced by different terms, and one for those who were
   * left out.
   */
  private static void appendCandidates(StringBuilder text, List<Candidate> candidates) {
    List<Candidate> excluded =
        candidates.stream().filter(candidate -> !candidate.getExcludedBy().isEmpty()).toList();
    candidates.stream()
        .filter(candidate -> candidate.getExcludedBy().isEmpty())
        .collect(Collectors.groupingBy(Candidate::getRole, LinkedHashMap::new, Collectors.toList()))
        .values()
        .forEach(ofRole -> text.append('\n').append(candidates(ofRole)));
    if (!excluded.isEmpty()) {
      text.append('\n').append(excluded(excluded));
    }
  }

  private static String excluded(List<Candidate> candidates) {
    List<String> head = new ArrayList<>(List.of("left out", "reason"));
    head.addAll(STATE);
    List<List<String>> rows = new ArrayList<>();
    for (Candidate candidate : candidates) {
      List<String> row = new ArrayList<>();
      row.add(name(candidate.getTarget()));
      row.add(candidate.getExclusion());
      row.addAll(state(candidate));
      rows.add(row);
    }
    return TextTable.render(head, rows);
  }

  private static String candidates(List<Candidate> candidates) {
    List<String> head = new ArrayList<>(List.of("", "target", "cost"));
    candidates.getFirst().getTermsList().forEach(term -> head.add(term.getName()));
    head.addAll(STATE);
    List<List<String>> rows = new ArrayList<>();
    for (Candidate candidate : candidates) {
      List<String> row = new ArrayList<>();
      row.add(candidate.getChosen() ? "->" : "");
      row.add(name(candidate.getTarget()));
      row.add(number(candidate.getCost()));
      for (CostTerm term : candidate.getTermsList()) {
        row.add(number(term.getValue()));
      }
      row.addAll(state(candidate));
      rows.add(row);
    }
    return TextTable.render(head, rows);
  }

  /** Columns of {@link #STATE}. */
  private static List<String> state(Candidate candidate) {
    return List.of(
        blocks(candidate.getOverlap()),
        Long.toString(candidate.getQueuedPrefillTokens()),
        Long.toString(candidate.getActiveBlocks()),
        Integer.toString(candidate.getActiveRequests()),
        candidate.hasIndexHeardAgeMs() ? age(candidate.getIndexHeardAgeMs()) : "",
        candidate.hasLoadReportAgeMs() ? age(candidate.getLoadReportAgeMs()) : "",
        remarks(candidate));
  }

  /**
   * Such as {@code 12 + 4 host + 2 disk}: what each slower tier adds; or {@code 12 approximate + 3
   * predicted}; or {@code 12 - 7 driven out} where the queue does not leave all of it.
   */
  private static String blocks(Overlap overlap) {
    StringBuilder text = new StringBuilder().append(overlap.getDeviceBlocks());
    if (overlap.getKind() == OverlapKind.OVERLAP_KIND_APPROXIMATE) {
      text.append(" approximate");
    }
    int device = overlap.getDeviceBlocks();
    int expected = Math.max(device, overlap.getExpectedBlocks());
    int host = Math.max(expected, overlap.getHostBlocks());
    int disk = Math.max(host, overlap.getDiskBlocks());
    if (overlap.getExpectedBlocks() < device) {
      text.append(" - ").append(device - overlap.getExpectedBlocks()).append(" driven out");
    }
    appendTier(text, expected - device, "predicted");
    appendTier(text, host - expected, "host");
    appendTier(text, disk - host, "disk");
    appendTier(text, overlap.getExternalBlocks() - disk, "external");
    return text.toString();
  }

  private static void appendTier(StringBuilder text, int blocks, String tier) {
    if (blocks > 0) {
      text.append(" + ").append(blocks).append(' ').append(tier);
    }
  }

  /** What is out of the ordinary: a stale index, a pace that first tokens have not taught. */
  private static String remarks(Candidate candidate) {
    String pace =
        switch (candidate.getPaceSource()) {
          case PACE_SOURCE_GIVEN -> "pace given";
          case PACE_SOURCE_OTHERS -> "pace of others";
          case PACE_SOURCE_UNITS -> "pace unknown";
          case PACE_SOURCE_LEARNT, PACE_SOURCE_UNSPECIFIED, UNRECOGNIZED -> "";
        };
    return Stream.of(candidate.getStale() ? "stale" : "", pace)
        .filter(remark -> !remark.isEmpty())
        .collect(Collectors.joining(", "));
  }

  private static String age(long millis) {
    return number(millis / MILLIS_PER_SECOND) + " s";
  }

  private static String withAddress(Target target) {
    return name(target) + " at " + target.getAddress();
  }

  private static String name(Target target) {
    return target.getWorkerId() + "/" + target.getRank();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
