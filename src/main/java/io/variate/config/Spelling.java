package io.variate.config;

/** Whether a name is probably another one, misspelt. */
final class Spelling {
    private static final int FEW = 2;

    private Spelling() {}

    /** Whether at most two letters are inserted, left out or replaced (Levenshtein distance). */
    static boolean isClose(String written, String meant) {
        if (Math.abs(written.length() - meant.length()) > FEW) {
            return false;
        }
        int[] row = new int[meant.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= written.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = diagonal + (written.charAt(i - 1) == meant.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[meant.length()] <= FEW;
    }
}
