/*
 * What becomes of orders, for who is asked about one meanwhile: a question
 * follows its order.
 */
const followers = new Set();

/* news(order): it has changed; gone(): it is no more. Gives what ends it. */
export function follow(id, news, gone) {
    const follower = { id, news, gone };

    followers.add(follower);
    return () => followers.delete(follower);
}

export function orderNews(order) {
    followers.forEach((one) => one.id === order.id && one.news(order));
}

export function orderGone(id) {
    followers.forEach((one) => one.id === id && one.gone());
}
