import json

from kit import *


def check_object_tags():
    name = with_keys("a")
    get = lambda: main.get_object_tagging(Bucket=name, Key="a")["TagSet"]  # noqa: E731
    equal(get(), [])
    tags = [{"Key": str(number), "Value": str(number)} for number in range(10)]
    equal(main.put_object_tagging(Bucket=name, Key="a", Tagging={"TagSet": tags})["ResponseMetadata"]["HTTPStatusCode"], 200)
    equal(get(), tags)
    equal(main.head_object(Bucket=name, Key="a")["ResponseMetadata"]["HTTPHeaders"]["x-amz-tagging-count"], "10")
    equal(main.get_object(Bucket=name, Key="a")["TagCount"], 10)
    main.put_object_tagging(Bucket=name, Key="a", Tagging={"TagSet": tags[:1]})
    equal(get(), tags[:1])
    equal(main.delete_object_tagging(Bucket=name, Key="a")["ResponseMetadata"]["HTTPStatusCode"], 204)
    equal(get(), [])


def check_tag_limits():
    name = with_keys("a")
    put = lambda tags: main.put_object_tagging(Bucket=name, Key="a", Tagging={"TagSet": tags})  # noqa: E731
    longest = [{"Key": f"{number}" + "k" * 127, "Value": "v" * 256} for number in range(10)]
    put(longest)
    for tags in [
        [{"Key": str(number), "Value": ""} for number in range(11)],
        [{"Key": "k" * 129, "Value": ""}],
        [{"Key": "k", "Value": "v" * 257}],
        [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}],
    ]:
        refused(400, "InvalidTag", put, tags)
    equal(main.get_object_tagging(Bucket=name, Key="a")["TagSet"], longest)


def check_tags_of_a_put():
    name = bucket()
    main.put_object(Bucket=name, Key="a", Body="x", Tagging="bar=&foo=b%20c&baz%2F=1+2")
    tags = {one["Key"]: one["Value"] for one in main.get_object_tagging(Bucket=name, Key="a")["TagSet"]}
    equal(tags, {"bar": "", "foo": "b c", "baz/": "1 2"})
    main.put_object(Bucket=name, Key="a", Body="x")
    equal(main.get_object_tagging(Bucket=name, Key="a")["TagSet"], [])


def check_tags_of_a_header_come_by_name():
    name = bucket()
    main.put_object(Bucket=name, Key="a", Tagging="foo=bar&bar")
    equal([tag["Key"] for tag in main.get_object_tagging(Bucket=name, Key="a")["TagSet"]], ["bar", "foo"])


def check_tags_of_what_is_missing():
    refused(404, "NoSuchKey", main.get_object_tagging, Bucket=bucket(), Key="a")
    refused(404, "NoSuchKey", main.put_object_tagging, Bucket=bucket(), Key="a", Tagging={"TagSet": []})


def check_bucket_tags():
    name = bucket()
    refused(404, "NoSuchTagSet", main.get_bucket_tagging, Bucket=name)
    tags = [{"Key": "Hello", "Value": "World"}]
    main.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    equal(main.get_bucket_tagging(Bucket=name)["TagSet"], tags)
    equal(main.delete_bucket_tagging(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"], 204)
    refused(404, "NoSuchTagSet", main.get_bucket_tagging, Bucket=name)


def check_bucket_tags_answer_without_content():
    answer = main.put_bucket_tagging(Bucket=bucket(), Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    equal(answer["ResponseMetadata"]["HTTPStatusCode"], 204)


def check_no_bucket_tags_are_none():
    name = bucket()
    main.put_bucket_tagging(Bucket=name, Tagging={"TagSet": []})
    refused(404, "NoSuchTagSet", main.get_bucket_tagging, Bucket=name)


def check_one_ownership_rule():
    rules = [{"ObjectOwnership": "ObjectWriter"}, {"ObjectOwnership": "BucketOwnerPreferred"}]
    refused(400, "MalformedXML", main.put_bucket_ownership_controls, Bucket=bucket(), OwnershipControls={"Rules": rules})


def check_cors_settings():
    name = bucket()
    rules = [{"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*.get", "*.put"], "AllowedHeaders": ["x-*"], "ExposeHeaders": ["etag"], "MaxAgeSeconds": 10}]
    refused(404, "NoSuchCORSConfiguration", main.get_bucket_cors, Bucket=name)
    main.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
    equal(main.get_bucket_cors(Bucket=name)["CORSRules"], rules)
    refused(400, "InvalidRequest", main.put_bucket_cors, Bucket=name, CORSConfiguration={"CORSRules": [{"AllowedMethods": ["PATCH"], "AllowedOrigins": ["*"]}]})
    refused(400, "InvalidRequest", main.put_bucket_cors, Bucket=name, CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*a*"]}]})
    equal(main.delete_bucket_cors(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"], 204)
    refused(404, "NoSuchCORSConfiguration", main.get_bucket_cors, Bucket=name)


def check_cors_on_answers():
    name = bucket(ACL="public-read")
    main.put_bucket_cors(
        Bucket=name,
        CORSConfiguration={
            "CORSRules": [
                {"AllowedMethods": ["GET"], "AllowedOrigins": ["*suffix"]},
                {"AllowedMethods": ["GET"], "AllowedOrigins": ["start*end"]},
                {"AllowedMethods": ["GET"], "AllowedOrigins": ["prefix*"]},
                {"AllowedMethods": ["PUT"], "AllowedOrigins": ["*.put"]},
            ]
        },
    )
    url = f"{ENDPOINT}/{name}"

    def ask(method, origin, path="", asked=None):
        headers = {"Origin": origin} if origin else {}
        if asked:
            headers["Access-Control-Request-Method"] = asked
        answer = requests.request(method, url + path, headers=headers)
        return answer.status_code, answer.headers.get("access-control-allow-origin"), answer.headers.get("access-control-allow-methods")

    equal(ask("GET", None), (200, None, None))
    equal(ask("GET", "foo.suffix"), (200, "foo.suffix", "GET"))
    for origin in ["foo.bar", "foo.suffix.get", "start12end34", "0start12end"]:
        equal(ask("GET", origin), (200, None, None))
    for origin in ["startend", "start1end", "start12end", "prefix", "prefix.suffix"]:
        equal(ask("GET", origin), (200, origin, "GET"))
    equal(ask("PUT", "foo.put", "/bar"), (403, "foo.put", "PUT"))
    equal(ask("PUT", "foo.suffix", "/bar"), (403, None, None))
    equal(ask("GET", "foo.suffix", "/missing"), (404, "foo.suffix", "GET"))
    equal(ask("OPTIONS", None)[0], 400)
    equal(ask("OPTIONS", "foo.suffix")[0], 400)
    equal(ask("OPTIONS", "foo.bar")[0], 400)
    equal(ask("OPTIONS", "foo.suffix", "", "GET"), (200, "foo.suffix", "GET"))
    equal(ask("OPTIONS", "foo.bar", "", "GET"), (403, None, None))
    equal(ask("OPTIONS", "foo.suffix", "/bar", "PUT"), (403, None, None))
    equal(ask("OPTIONS", "foo.put", "/bar", "PUT"), (200, "foo.put", "PUT"))


def check_cors_headers_asked_for():
    name = bucket()
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "AllowedHeaders": ["x-amz-meta-*"], "ExposeHeaders": ["x-amz-meta-a"], "MaxAgeSeconds": 7}]
    main.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})

    def ask(headers):
        return requests.options(f"{ENDPOINT}/{name}/a", headers={"Origin": "http://a.b", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": headers})

    answer = ask("x-amz-meta-A, x-amz-meta-b")
    got = [answer.headers.get(one) for one in ["access-control-allow-origin", "access-control-max-age", "access-control-expose-headers"]]
    equal((answer.status_code, got), (200, ["*", "7", "x-amz-meta-a"]))
    assert "x-amz-meta-b" in answer.headers["access-control-allow-headers"]
    equal(ask("x-other").status_code, 403)


def check_documents_are_kept():
    name = bucket()
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}
    website = {"IndexDocument": {"Suffix": "index.html"}}
    refused(404, "ServerSideEncryptionConfigurationNotFoundError", main.get_bucket_encryption, Bucket=name)
    main.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=encryption)
    equal(main.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"], encryption)
    main.delete_bucket_encryption(Bucket=name)
    refused(404, "ServerSideEncryptionConfigurationNotFoundError", main.get_bucket_encryption, Bucket=name)
    refused(404, "NoSuchWebsiteConfiguration", main.get_bucket_website, Bucket=name)
    main.put_bucket_website(Bucket=name, WebsiteConfiguration=website)
    equal(main.get_bucket_website(Bucket=name)["IndexDocument"], website["IndexDocument"])
    main.delete_bucket_website(Bucket=name)
    assert "LoggingEnabled" not in main.get_bucket_logging(Bucket=name)
    equal(main.get_bucket_request_payment(Bucket=name)["Payer"], "BucketOwner")
    assert "Status" not in main.get_bucket_accelerate_configuration(Bucket=name)
    main.put_bucket_request_payment(Bucket=name, RequestPaymentConfiguration={"Payer": "Requester"})
    equal(main.get_bucket_request_payment(Bucket=name)["Payer"], "Requester")


def check_lifecycle():
    name = bucket()
    rules = [
        {"ID": "rule1", "Filter": {"Prefix": "test1/"}, "Status": "Enabled", "Expiration": {"Days": 1}},
        {"ID": "rule2", "Filter": {"Prefix": "test2/"}, "Status": "Disabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 2}},
    ]
    put = lambda rules: main.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})  # noqa: E731
    refused(404, "NoSuchLifecycleConfiguration", main.get_bucket_lifecycle_configuration, Bucket=name)
    put(rules)
    equal(main.get_bucket_lifecycle_configuration(Bucket=name)["Rules"], rules)
    put([{key: value for key, value in rules[0].items() if key != "ID"}])
    assert main.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]["ID"]
    refused(400, "InvalidArgument", put, [rules[0], {**rules[1], "ID": "rule1"}])
    refused(400, "InvalidArgument", put, [{**rules[0], "ID": "x" * 256}])
    refused(400, "MalformedXML", put, [{**rules[0], "Status": "enabled"}])
    refused(400, "InvalidArgument", put, [{**rules[0], "Expiration": {"Days": 0}}])
    main.delete_bucket_lifecycle(Bucket=name)
    refused(404, "NoSuchLifecycleConfiguration", main.get_bucket_lifecycle_configuration, Bucket=name)


def check_policy_documents():
    name = bucket()
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": [f"arn:aws:s3:::{name}/*"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    refused(404, "NoSuchBucketPolicy", main.get_bucket_policy, Bucket=name)
    equal(main.put_bucket_policy(Bucket=name, Policy=document)["ResponseMetadata"]["HTTPStatusCode"], 204)
    equal(json.loads(main.get_bucket_policy(Bucket=name)["Policy"]), json.loads(document))
    equal(main.get_bucket_policy_status(Bucket=name)["PolicyStatus"]["IsPublic"], True)
    refused(400, "MalformedPolicy", main.put_bucket_policy, Bucket=name, Policy="nonsense")
    refused(400, "MalformedPolicy", main.put_bucket_policy, Bucket=name, Policy=document.replace(name, "another"))
    refused(403, "AccessDenied", alt.get_bucket_policy, Bucket=name)
    main.delete_bucket_policy(Bucket=name)
    refused(404, "NoSuchBucketPolicy", main.get_bucket_policy, Bucket=name)


def check_what_is_not_there_is_said_so():
    name = bucket()
    refused(404, "ReplicationConfigurationNotFoundError", main.get_bucket_replication, Bucket=name)
    refused(404, "ObjectLockConfigurationNotFoundError", main.get_object_lock_configuration, Bucket=name)
    refused(404, "NoSuchBucket", main.get_bucket_cors, Bucket=bucket_name())


def check_documents_with_entities_are_refused():
    name = bucket()
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]><Tagging><TagSet><Tag><Key>&b;</Key><Value>v</Value></Tag></TagSet></Tagging>'
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    url = f"{ENDPOINT}/{name}?tagging"
    for document in [bomb, "", "<Tagging>", "x" * 400_000]:
        request = AWSRequest("PUT", url, data=document, headers={})
        S3SigV4Auth(Credentials(*MAIN), "s3", "us-east-1").add_auth(request)
        answer = requests.put(url, data=document, headers=dict(request.headers))
        equal(answer.status_code, 400)


def check_what_an_access_block_leaves_out_is_off():
    name = bucket()
    main.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    got = main.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    off = dict.fromkeys(["IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], False)
    equal(got, off | {"BlockPublicAcls": True})


def check_acceleration_status():
    settings = {"Status": "Fast"}
    refused(400, "MalformedXML", main.put_bucket_accelerate_configuration, Bucket=bucket(), AccelerateConfiguration=settings)
