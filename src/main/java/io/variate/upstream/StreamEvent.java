package io.variate.upstream;

/**
 * The data of an event of a stream. Whoever receives it closes it once the data is not kept any more.
 *
 * @param held its bytes in the budget of the node
 */
record StreamEvent(String data, BodyBudget.Reservation held) implements AutoCloseable {
    @Override
    public void close() {
        held.close();
    }
}
