package io.variate.testing;

import io.variate.rulesets.document.RulesetReader;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Stores rulesets with SQL, as administrators and nodes of earlier releases do: without the checks of this release, which
 * reject flags that these still serve.
 */
public final class StoredRuleset {
    private StoredRuleset() {}

    /**
     * Replaces all rows of the projects of a document.
     *
     * @param uri of a database that has the tables
     * @return the new revision
     */
    public static long replace(String uri, String json) {
        RowSet rows = RulesetReader.read(json).document().toRowSet(RowSet.EMPTY);
        try (Connection connection = DriverManager.getConnection(jdbc(URI.create(uri)))) {
            connection.setAutoCommit(false);
            execute(connection, "select revision from variate.ruleset for update");
            try (PreparedStatement delete =
                    connection.prepareStatement("delete from variate.ruleset_row where project = ?")) {
                for (ProjectRows project : rows.projects()) {
                    delete.setString(1, project.key());
                    delete.executeUpdate();
                }
            }
            insert(connection, rows);
            long revision = nextRevision(connection);
            connection.commit();
            return revision;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void insert(Connection connection, RowSet rows) throws SQLException {
        String sql = "insert into variate.ruleset_row (kind, project, key, position, definition, revision)"
                + " values (?, ?, ?, ?, ?::json, 0)";
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            for (Row row : rows.all()) {
                insert.setString(1, row.key().kind().table());
                insert.setString(2, row.key().project());
                insert.setString(3, row.key().key());
                insert.setLong(4, row.position());
                insert.setString(5, row.definition());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static long nextRevision(Connection connection) throws SQLException {
        String sql = "update variate.ruleset set revision = revision + 1, changed_at = now() returning revision";
        try (Statement statement = connection.createStatement();
                ResultSet updated = statement.executeQuery(sql)) {
            updated.next();
            return updated.getLong(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String jdbc(URI uri) {
        return "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath() + "?user="
                + uri.getUserInfo();
    }
}
