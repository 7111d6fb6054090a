from kit import *


def both(name, **options):
    """What both versions of the listing answer; they have these parameters in common."""
    one = main.list_objects(Bucket=name, **options)
    two = main.list_objects_v2(Bucket=name, **options)
    equal((keys_of(one), prefixes_of(one), one["IsTruncated"]), (keys_of(two), prefixes_of(two), two["IsTruncated"]))
    return one, two


def check_many():
    name = with_keys("foo", "bar", "baz")
    one, two = both(name, MaxKeys=2)
    equal((keys_of(one), one["IsTruncated"], two["KeyCount"]), (["bar", "baz"], True, 2))
    rest = main.list_objects(Bucket=name, Marker="baz", MaxKeys=2)
    equal((keys_of(rest), rest["IsTruncated"]), (["foo"], False))
    rest = main.list_objects_v2(Bucket=name, StartAfter="baz", MaxKeys=2)
    equal((keys_of(rest), rest["IsTruncated"]), (["foo"], False))


def check_empty():
    one, two = both(bucket())
    equal((keys_of(one), two["KeyCount"], one["IsTruncated"]), ([], 0, False))


def check_delimiter():
    name = with_keys("foo/bar", "foo/bar/xyzzy", "quux/thud", "asdf")
    one, _ = both(name, Delimiter="/")
    equal((one["Delimiter"], keys_of(one), prefixes_of(one)), ("/", ["asdf"], ["foo/", "quux/"]))


def check_delimiter_and_prefix_in_pages():
    name = with_keys("asdf", "boo/bar", "boo/baz/xyzzy", "cquux/thud", "cquux/bla")

    def page(prefix, limit, marker, truncated, keys, prefixes, next_marker):
        got = main.list_objects(Bucket=name, Delimiter="/", Prefix=prefix, MaxKeys=limit, Marker=marker)
        equal((got["IsTruncated"], got.get("NextMarker"), keys_of(got), prefixes_of(got)), (truncated, next_marker, keys, prefixes))
        return got.get("NextMarker")

    marker = page("", 1, "", True, ["asdf"], [], "asdf")
    marker = page("", 1, marker, True, [], ["boo/"], "boo/")
    page("", 1, marker, False, [], ["cquux/"], None)
    marker = page("", 2, "", True, ["asdf"], ["boo/"], "boo/")
    page("", 2, marker, False, [], ["cquux/"], None)
    marker = page("boo/", 1, "", True, ["boo/bar"], [], "boo/bar")
    page("boo/", 1, marker, False, [], ["boo/baz/"], None)
    page("boo/", 2, "", False, ["boo/bar"], ["boo/baz/"], None)


def check_delimiter_and_prefix_in_pages_v2():
    name = with_keys("asdf", "boo/bar", "boo/baz/xyzzy", "cquux/thud", "cquux/bla")
    seen = []
    options = {}
    while True:
        got = main.list_objects_v2(Bucket=name, Delimiter="/", MaxKeys=1, **options)
        seen.append((keys_of(got), prefixes_of(got), got["KeyCount"]))
        if not got["IsTruncated"]:
            break
        options = {"ContinuationToken": got["NextContinuationToken"]}
    equal(seen, [(["asdf"], [], 1), ([], ["boo/"], 1), ([], ["cquux/"], 1)])


def check_key_that_is_a_group_itself():
    name = with_keys("asdf/")
    one, _ = both(name, Delimiter="/", Prefix="asdf/", MaxKeys=1000)
    equal((keys_of(one), prefixes_of(one), one["IsTruncated"]), (["asdf/"], [], False))


def check_other_delimiters():
    name = with_keys("bar", "baz", "cab", "foo")
    one, _ = both(name, Delimiter="a")
    equal((keys_of(one), prefixes_of(one)), (["foo"], ["ba", "ca"]))
    name = with_keys("b ar", "b az", "c ab", "foo")
    one, _ = both(name, Delimiter=" ")
    equal((keys_of(one), prefixes_of(one)), (["foo"], ["b ", "c "]))
    name = with_keys("b%ar", "b%az", "c%ab", "foo")
    one, _ = both(name, Delimiter="%")
    equal((keys_of(one), prefixes_of(one)), (["foo"], ["b%", "c%"]))
    name = with_keys("b.ar", "b.az", "c.ab", "foo")
    one, _ = both(name, Delimiter=".")
    equal((keys_of(one), prefixes_of(one)), (["foo"], ["b.", "c."]))
    name = with_keys("ab--c", "ab--d", "e-f")
    one, _ = both(name, Delimiter="--")
    equal((keys_of(one), prefixes_of(one)), (["e-f"], ["ab--"]))


def check_empty_delimiter_and_prefix():
    name = with_keys("bar", "baz", "foo")
    for options in [dict(Delimiter=""), dict(Prefix=""), dict(Delimiter="/"), dict(Delimiter="", Prefix="")]:
        one, two = both(name, **options)
        equal((keys_of(one), prefixes_of(one)), (["bar", "baz", "foo"], []))
        if options.get("Delimiter") == "":
            assert "Delimiter" not in one and "Delimiter" not in two


def check_prefixes():
    name = with_keys("foo/bar", "foo/baz", "quux")
    equal(keys_of(both(name, Prefix="foo/")[0]), ["foo/bar", "foo/baz"])
    equal(keys_of(both(name, Prefix="d")[0]), [])
    equal(keys_of(both(with_keys("foo/\n", "\x0abar"), Prefix="\x0a")[0]), ["\x0abar"])
    one, _ = both(with_keys("b/a/c", "b/a/g", "b/a/r", "g"), Prefix="y", Delimiter="a")
    equal((keys_of(one), prefixes_of(one)), ([], []))
    one, _ = both(with_keys("b/a/c", "b/a/g", "b/a/r", "golf"), Prefix="b", Delimiter="z")
    equal((keys_of(one), prefixes_of(one)), (["b/a/c", "b/a/g", "b/a/r"], []))


def check_max_keys():
    name = with_keys("bar", "baz", "foo", "quxx")
    one, _ = both(name, MaxKeys=1)
    equal((keys_of(one), one["IsTruncated"], one["MaxKeys"]), (["bar"], True, 1))
    one, _ = both(name, MaxKeys=0)
    equal((keys_of(one), one["IsTruncated"]), ([], False))
    one, _ = both(name)
    equal((len(keys_of(one)), one["MaxKeys"], one["IsTruncated"]), (4, 1000, False))
    refused(400, "InvalidArgument", main.list_objects, Bucket=name, MaxKeys=-1)
    answer = requests.get(main.generate_presigned_url("list_objects", Params={"Bucket": name}) + "&max-keys=blah")
    assert answer.status_code in (400, 403)


def check_markers():
    name = with_keys("bar", "baz", "foo", "quxx")
    for marker, keys in [("", 4), ("bar", 3), ("blah", 2), ("zzz", 0), ("\x0a", 4)]:
        got = main.list_objects(Bucket=name, Marker=marker)
        equal((len(keys_of(got)), got["Marker"]), (keys, marker))
    for marker, keys in [("bar", 3), ("blah", 2), ("zzz", 0), ("\x0a", 4)]:
        got = main.list_objects_v2(Bucket=name, StartAfter=marker)
        equal((len(keys_of(got)), got["StartAfter"]), (keys, marker))


def check_marker_before_prefix():
    name = with_keys("a", "b/1", "b/2", "c")
    equal(keys_of(main.list_objects(Bucket=name, Marker="a", Prefix="b/")), ["b/1", "b/2"])
    equal(keys_of(main.list_objects_v2(Bucket=name, StartAfter="b/1", Prefix="b/")), ["b/2"])
    equal(keys_of(main.list_objects_v2(Bucket=name, StartAfter="c", Prefix="b/")), [])


def check_marker_inside_a_group():
    name = with_keys("a/1", "a/2", "b")
    got = main.list_objects_v2(Bucket=name, StartAfter="a/1", Delimiter="/")
    equal((keys_of(got), prefixes_of(got)), (["b"], ["a/"]))


def check_continuation_token_with_start_after():
    name = with_keys("bar", "baz", "foo", "quxx")
    first = main.list_objects_v2(Bucket=name, StartAfter="bar", MaxKeys=1)
    equal(keys_of(first), ["baz"])
    token = first["NextContinuationToken"]
    rest = main.list_objects_v2(Bucket=name, StartAfter="bar", ContinuationToken=token)
    equal((keys_of(rest), rest["ContinuationToken"], rest["StartAfter"]), (["foo", "quxx"], token, "bar"))


def check_bad_tokens():
    name = with_keys("bar")
    refused(400, "InvalidArgument", main.list_objects_v2, Bucket=name, ContinuationToken="nonsense")


def check_an_empty_token_is_none():
    name = with_keys("bar", "foo")
    equal(keys_of(main.list_objects_v2(Bucket=name, ContinuationToken="")), ["bar", "foo"])


def check_next_marker_needs_a_delimiter():
    name = with_keys("a", "b", "c")
    assert "NextMarker" not in main.list_objects(Bucket=name, MaxKeys=1)
    equal(main.list_objects(Bucket=name, MaxKeys=1, Delimiter="/")["NextMarker"], "a")


def check_owner():
    name = with_keys("a")
    assert main.list_objects(Bucket=name)["Contents"][0]["Owner"]["ID"]
    assert "Owner" not in main.list_objects_v2(Bucket=name)["Contents"][0]
    assert main.list_objects_v2(Bucket=name, FetchOwner=True)["Contents"][0]["Owner"]["ID"]


def check_entries_tell_what_heads_tell():
    name = with_keys("bar", "foo")
    for one in main.list_objects_v2(Bucket=name)["Contents"]:
        head = main.head_object(Bucket=name, Key=one["Key"])
        equal((one["ETag"], one["Size"], one["StorageClass"]), (head["ETag"], head["ContentLength"], "STANDARD"))
        assert abs((one["LastModified"] - head["LastModified"]).total_seconds()) < 1


def check_encoding_type():
    name = with_keys("foo+1/bar", "foo/bar/xyzzy", "quux ab/thud", "asdf+b")
    for call in [main.list_objects, main.list_objects_v2]:
        got = call(Bucket=name, Delimiter="/", EncodingType="url")
        equal((got["EncodingType"], keys_of(got)), ("url", ["asdf%2Bb"]))
        equal(prefixes_of(got), ["foo%2B1/", "foo/", "quux+ab/"])
    refused(400, "InvalidArgument", main.list_objects, Bucket=name, EncodingType="other")


def check_order_is_that_of_bytes():
    name = with_keys("\U0001f600", "\uffee", "a", "B", "é")
    equal(keys_of(main.list_objects_v2(Bucket=name)), ["B", "a", "é", "\uffee", "\U0001f600"])


def check_more_than_a_page():
    name = bucket()
    for number in range(25):
        main.put_object(Bucket=name, Key=f"k{number:03}")
    pages = list(main.get_paginator("list_objects_v2").paginate(Bucket=name, PaginationConfig={"PageSize": 10}))
    equal([len(page["Contents"]) for page in pages], [10, 10, 5])


def check_listing_by_others():
    name = with_keys("a")
    refused(403, "AccessDenied", nobody.list_objects, Bucket=name)
    refused(403, "AccessDenied", alt.list_objects_v2, Bucket=name)
    main.put_bucket_acl(Bucket=name, ACL="public-read")
    equal(keys_of(nobody.list_objects(Bucket=name)), ["a"])
    equal(keys_of(alt.list_objects_v2(Bucket=name)), ["a"])


def check_versions_where_there_are_none():
    name = with_keys("a", "b")
    got = main.list_object_versions(Bucket=name)
    equal([(one["Key"], one["VersionId"], one["IsLatest"]) for one in got["Versions"]], [("a", "null", True), ("b", "null", True)])
    assert "DeleteMarkers" not in got
