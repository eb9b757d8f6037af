<<<<<<< HEAD
/** Rules of the code base as tests. */
=======
/** Tests of the architecture and of the documents. */
>>>>>>> ec5c9d2 (Check the wording of documents, compile their Java blocks and compare .github with the POM)
@NullMarked
package io.variate.architecture;

import org.jspecify.annotations.NullMarked;
