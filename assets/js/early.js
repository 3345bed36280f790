/*
 * Runs before the first paint, so that a chosen theme or density does not
 * flash in. A classic script on purpose: modules run after parsing.
 */
(function () {
    for (const name of ['theme', 'density']) {
        try {
            const value = localStorage.getItem('lws-app.' + name);

            if (value) {
                document.documentElement.dataset[name] = value;
            }
        } catch {
            /* Storage is refused: the defaults serve. */
        }
    }
})();
