// The AWS SDK for Go and minio-go against an endpoint: what they must be able to do, with their defaults.
// Prints nothing and exits 0 when all of it went well.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/minio/minio-go/v7"
	miniocredentials "github.com/minio/minio-go/v7/pkg/credentials"
)

const (
	accessKey = "faas"
	secretKey = "faas-secret"
)

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func expect(holds bool, what string) {
	if !holds {
		panic(fmt.Sprintf("expected %s", what))
	}
}

func main() {
	endpoint := os.Args[1]
	large := make([]byte, 20_000_000)
	must(rand.Read(large))
	awsSDK(endpoint, large)
	minioSDK(endpoint, large)
}

func awsSDK(endpoint string, large []byte) {
	ctx := context.Background()
	keys := credentials.NewStaticCredentialsProvider(accessKey, secretKey, "")
	settings := must(config.LoadDefaultConfig(ctx, config.WithRegion("us-east-1"), config.WithCredentialsProvider(keys), config.WithBaseEndpoint(endpoint)))
	client := s3.NewFromConfig(settings, func(options *s3.Options) { options.UsePathStyle = true })
	bucket := aws.String("go-aws")

	must(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket}))
	must(manager.NewUploader(client).Upload(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("a b/large"), Body: bytes.NewReader(large)}))
	got := manager.NewWriteAtBuffer(nil)
	must(manager.NewDownloader(client).Download(ctx, got, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("a b/large")}))
	expect(sha256.Sum256(got.Bytes()) == sha256.Sum256(large), "the bytes of a multipart upload")

	must(client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("small"), Body: bytes.NewReader(large[:1000])}))
	must(client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("copy"), CopySource: aws.String("go-aws/small")}))
	expect(len(must(client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket})).Contents) == 3, "three objects")

	presigned := must(s3.NewPresignClient(client).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("copy")}, s3.WithPresignExpires(time.Minute)))
	answer := must(http.Get(presigned.URL))
	expect(bytes.Equal(must(io.ReadAll(answer.Body)), large[:1000]), "a presigned download")

	objects := []types.ObjectIdentifier{{Key: aws.String("a b/large")}, {Key: aws.String("small")}, {Key: aws.String("copy")}}
	expect(len(must(client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Objects: objects}})).Deleted) == 3, "three deletions")
	must(client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket}))
}

func minioSDK(endpoint string, large []byte) {
	ctx := context.Background()
	client := must(minio.New(strings.TrimPrefix(endpoint, "http://"), &minio.Options{Creds: miniocredentials.NewStaticV4(accessKey, secretKey, "")}))
	const bucket = "go-minio"
	inParts := minio.PutObjectOptions{PartSize: 5 << 20}

	check(client.MakeBucket(ctx, bucket, minio.MakeBucketOptions{}))
	must(client.PutObject(ctx, bucket, "large ü", bytes.NewReader(large), int64(len(large)), inParts))
	// A length that is not known beforehand makes it sign every chunk.
	must(client.PutObject(ctx, bucket, "stream", io.LimitReader(bytes.NewReader(large), 12_000_000), -1, inParts))
	object := must(client.GetObject(ctx, bucket, "large ü", minio.GetObjectOptions{}))
	expect(sha256.Sum256(must(io.ReadAll(object))) == sha256.Sum256(large), "the bytes of a multipart upload")

	source := func(key string) minio.CopySrcOptions { return minio.CopySrcOptions{Bucket: bucket, Object: key} }
	must(client.CopyObject(ctx, minio.CopyDestOptions{Bucket: bucket, Object: "copy"}, source("large ü")))
	must(client.ComposeObject(ctx, minio.CopyDestOptions{Bucket: bucket, Object: "composed"}, source("copy"), source("stream")))
	expect(must(client.StatObject(ctx, bucket, "composed", minio.StatObjectOptions{})).Size == 32_000_000, "a composed object")

	check(client.EnableVersioning(ctx, bucket))
	must(client.PutObject(ctx, bucket, "copy", strings.NewReader("second"), 6, minio.PutObjectOptions{UserTags: map[string]string{"a": "b"}}))
	expect(must(client.GetObjectTagging(ctx, bucket, "copy", minio.GetObjectTaggingOptions{})).String() == "a=b", "a tag")

	upload := must(http.NewRequest(http.MethodPut, must(client.PresignedPutObject(ctx, bucket, "presigned", time.Minute)).String(), strings.NewReader("hello")))
	expect(must(http.DefaultClient.Do(upload)).StatusCode == http.StatusOK, "a presigned upload")

	versions := 0
	for version := range client.ListObjects(ctx, bucket, minio.ListObjectsOptions{WithVersions: true, Recursive: true}) {
		check(version.Err)
		versions++
		check(client.RemoveObject(ctx, bucket, version.Key, minio.RemoveObjectOptions{VersionID: version.VersionID}))
	}
	expect(versions == 6, "six versions")
	check(client.RemoveBucket(ctx, bucket))
}
