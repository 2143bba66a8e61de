package dev.warmpath.router.app;

import dev.warmpath.v1.Candidate;
import dev.warmpath.v1.CostTerm;
import dev.warmpath.v1.Overlap;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A routing decision as a person reads it. */
final class DecisionTable {
  private DecisionTable() {}

  /** The decision, and tables of the candidates when the reply has them. */
  static String render(RouteReply reply) {
    StringBuilder text = new StringBuilder();
    text.append("target    ").append(withAddress(reply.getTarget())).append('\n');
    if (reply.hasPrefillTarget()) {
      text.append("prefill   ").append(withAddress(reply.getPrefillTarget())).append('\n');
    }
    Overlap overlap = reply.getOverlap();
    text.append(
        "overlap   %d of %d blocks, %d of %d tokens cached%n"
            .formatted(
                overlap.getDeviceBlocks(),
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
    List<List<String>> rows = new ArrayList<>();
    for (Candidate candidate : candidates) {
      rows.add(
          List.of(
              name(candidate.getTarget()),
              candidate.getExclusion(),
              candidate.getOverlap().getDeviceBlocks() + " blocks",
              Long.toString(candidate.getQueuedPrefillTokens()),
              Integer.toString(candidate.getActiveRequests()),
              candidate.getStale() ? "stale" : ""));
    }
    return TextTable.render(
        List.of("left out", "reason", "overlap", "queued tokens", "requests", ""), rows);
  }

  private static String candidates(List<Candidate> candidates) {
    List<String> head = new ArrayList<>(List.of("", "target", "cost"));
    candidates.getFirst().getTermsList().forEach(term -> head.add(term.getName()));
    head.addAll(List.of("overlap", "queued tokens", "requests", ""));
    List<List<String>> rows = new ArrayList<>();
    for (Candidate candidate : candidates) {
      List<String> row = new ArrayList<>();
      row.add(candidate.getChosen() ? "->" : "");
      row.add(name(candidate.getTarget()));
      row.add(number(candidate.getCost()));
      for (CostTerm term : candidate.getTermsList()) {
        row.add(number(term.getValue()));
      }
      row.add(candidate.getOverlap().getDeviceBlocks() + " blocks");
      row.add(Long.toString(candidate.getQueuedPrefillTokens()));
      row.add(Integer.toString(candidate.getActiveRequests()));
      row.add(candidate.getStale() ? "stale" : "");
      rows.add(row);
    }
    return TextTable.render(head, rows);
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
