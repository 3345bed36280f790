#include "base/err.h"
#include "protocols/host/flows.h"
#include "protocols/http/hold.h"
#include "support/suite.h"

#include <stddef.h>

#include "base/banned.h"

static enum err_code take(struct holds *holds, uint64_t flow, size_t len)
{
    struct err err = ERR_INIT;

    if (holds_take(holds, flow, len, &err) < 0) {
        assert_int_equal(err.retry_after_s, 1);
        return err.code;
    }
    return ERR_NONE;
}

static void one_flow_has_a_quarter_and_all_have_a_bound(void **state)
{
    struct holds *holds = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(holds_new(&holds, 400, &err), 0);
    for (uint64_t flow = 1; flow <= 4; flow++) {
        assert_int_equal(take(holds, flow, 60), ERR_NONE);
        assert_int_equal(take(holds, flow, 41), ERR_THROTTLED);
        assert_int_equal(take(holds, flow, 40), ERR_NONE);
    }
    assert_int_equal(holds_sum(holds), 400);
    assert_int_equal(take(holds, 5, 1), ERR_UNAVAILABLE);
    holds_give_back(holds, 2, 60);
    assert_int_equal(holds_sum(holds), 340);
    assert_int_equal(take(holds, 5, 1), ERR_NONE);
    assert_int_equal(take(holds, 2, 59), ERR_NONE);
    holds_give_back(holds, 2, 99);
    holds_give_back(holds, 2, 0);
    for (uint64_t flow = 1; flow <= 4; flow++)
        holds_give_back(holds, flow, flow == 2 ? 0 : 100);
    holds_give_back(holds, 5, 1);
    assert_int_equal(holds_sum(holds), 0);
    holds_free(holds);
}

static void set_login(struct request *request, char *cookie)
{
    request->headers[HEADER_COOKIE] = cookie;
}

static void a_login_counts_for_its_user_once_it_is_known(void **state)
{
    char first[] = "sessionid=abc";
    char second[] = "sessionid=abd";
    struct request request = {.address = "2001:db8::1"};
    struct flows *flows = NULL;
    struct err err = ERR_INIT;
    uint64_t stranger;

    (void)state;
    assert_int_equal(flows_new(&flows, &err), 0);
    set_login(&request, first);
    stranger = flows_of_request(flows, &request);
    assert_int_equal(stranger, flows_of_address(flows, "2001:db8::2"));
    assert_int_not_equal(stranger, flows_of_address(flows, "2001:db8:0:1::1"));
    flows_learn(flows, &request, 0);
    assert_int_equal(flows_of_request(flows, &request), stranger);
    flows_learn(flows, &request, 7);
    assert_int_equal(flows_of_request(flows, &request), flows_of_user(7));
    set_login(&request, second);
    assert_int_equal(flows_of_request(flows, &request), stranger);
    request.headers[HEADER_COOKIE] = NULL;
    flows_learn(flows, &request, 7);
    assert_int_equal(flows_of_request(flows, &request), stranger);
    /* No small number, as users are. */
    assert_true(stranger >> 63);
    flows_free(flows);
}

SUITE(hold)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_flow_has_a_quarter_and_all_have_a_bound),
        cmocka_unit_test(a_login_counts_for_its_user_once_it_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
