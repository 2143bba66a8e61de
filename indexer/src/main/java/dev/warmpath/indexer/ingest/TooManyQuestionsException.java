package dev.warmpath.indexer.ingest;

/** A question to the owner of the index was refused: as many as may wait for their answers. */
public final class TooManyQuestionsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TooManyQuestionsException(String question, int most) {
    super("%d questions of the kind '%s' wait for the index already".formatted(most, question));
  }
}
