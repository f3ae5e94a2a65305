import { useId, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { api } from '../../api/client.ts';
import type { components } from '../../api/openapi.generated.d.ts';
import { answerOf, Refusal } from '../../api/refusal.ts';
import { Advice } from '../../api/words.ts';
import { findProducts } from '../../shop/products/catalogue.ts';
import { ProductPicture } from '../../shop/products/product-picture.tsx';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Money } from '../../ui/money.tsx';
import { Page } from '../../ui/page.tsx';
import { useForm } from '../../ui/use-form.ts';
import { Act, type ActValues } from '../acts/act.tsx';
import { DeskFailure } from '../desk-failure.tsx';
import { Pager, usePages } from '../pager.tsx';
import { PATTERNS, PRODUCT_WORDS, productChangeOf, requestKeys } from '../products/product-change.ts';
import { faultOfImage, IMAGE_TYPES, isImageType, postImage, type UploadRequest } from '../products/upload-image.ts';

type Product = components['schemas']['Product'];
type ProductDetail = components['schemas']['ProductDetail'];

interface ProductsOfPage {
  items: Product[];
  nextToken?: string;
}

const PER_PAGE = 24;

/** The catalogue, or one product of it, with prices, stock and pictures to change. */
export function ProductsPage() {
  const { id } = useLocation().query;
  const pages = usePages((nextToken) => (id ? productWith(id) : loadProducts(nextToken)), `products ${id ?? ''}`);
  // The list is cached at the edge for some seconds. The answer to a change is newer.
  const [changed, setChanged] = useState<ReadonlyMap<string, ProductDetail>>(new Map());
  const keep = (product: ProductDetail) => setChanged((before) => new Map(before).set(product.productId, product));
  const { value, error, isLoading, reload } = pages;
  return (
    <Page title="Products" lead="A change is in the shop within half a minute.">
      <Search />
      {id && (
        <p>
          <a href="/desk/products">All products</a>
        </p>
      )}
      <div class="actions">
        <NewProduct onDone={reload} />
        <Button
          kind="secondary"
          isBusy={isLoading}
          onClick={() => {
            setChanged(new Map());
            reload();
          }}
        >
          Refresh
        </Button>
      </div>
      {error !== undefined && <DeskFailure error={error} onRetry={reload} />}
      {!value && error === undefined && <Loading what="the products" />}
      {value?.items.length === 0 && <p>{id ? 'No product has this id.' : 'There are none on this page.'}</p>}
      {value && (
        <ul class="cards">
          {value.items.map((listed) => {
            const detail = changed.get(listed.productId);
            const product = { ...listed, ...detail };
            return (
              <li key={product.productId}>
                <ProductCard product={product} detail={detail} onChanged={keep} />
              </li>
            );
          })}
        </ul>
      )}
      <Pager what="products" pages={pages} />
    </Page>
  );
}

function loadProducts(nextToken: string | undefined): Promise<ProductsOfPage> {
  const query = { limit: PER_PAGE, ...(nextToken !== undefined && { nextToken }) };
  return answerOf(api.GET('/products', { params: { query }, cache: 'no-cache' }));
}

async function productWith(id: string): Promise<ProductsOfPage> {
  return { items: [...(await findProducts([id])).values()] };
}

/** The products are in no order in which a person would find one. */
function Search() {
  const { route } = useLocation();
  const { errors, onSubmit } = useForm(
    { productId: 'A product id has letters, digits, dots, dashes and underscores, 64 at most.' },
    async ({ productId = '' }) => route(`/desk/products?id=${encodeURIComponent(productId.trim())}`),
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: older browsers do not know the search element.
    <form class="search" role="search" aria-label="Find a product" noValidate onSubmit={onSubmit}>
      <Field
        label="Product id"
        name="productId"
        error={errors.productId}
        required
        pattern={`\\s*${PATTERNS.productId}\\s*`}
        autoComplete="off"
      />
      <Button type="submit">Find the product</Button>
    </form>
  );
}

interface CardProps {
  product: Product;
  detail: ProductDetail | undefined;
  onChanged: (product: ProductDetail) => void;
}

function ProductCard({ product, detail, onChanged }: CardProps) {
  const { productId, name, price, currency, stock, imageUrl } = product;
  const id = useId();
  return (
    <article class="card product-card" aria-labelledby={id}>
      <ProductPicture imageUrl={imageUrl} size="small" />
      <div>
        <h2 id={id}>{name}</h2>
        <p>
          <code>{productId}</code>
        </p>
        <p>
          <Money amount={price} currency={currency} />, {stock} in stock
          {detail && `, ${detail.reserved} reserved, ${detail.sold} sold`}
        </p>
      </div>
      <p class="actions">
        <ChangeProduct product={product} onChanged={onChanged} />
        <ChangePicture product={product} />
      </p>
    </article>
  );
}

function ChangeProduct({ product, onChanged }: Pick<CardProps, 'product' | 'onChanged'>) {
  const { productId, name, price, currency, stock } = product;
  const keyFor = useRef(requestKeys());
  return (
    <Act
      label="Change"
      description={`Change ${name}`}
      title={`Change ${name}`}
      doIt="Save the change"
      action="PRODUCT_CHANGED"
      words={PRODUCT_WORDS}
      run={async (values) => {
        const now = await putProduct(productId, values, keyFor.current, product);
        onChanged(now);
        return `Saved. ${now.name} costs ${now.price} ${now.currency}, and ${now.stock} are in stock.`;
      }}
    >
      {(errors) => (
        <>
          <Field label="Name" name="name" defaultValue={name} error={errors.name} required maxLength={200} />
          <Field
            label={`Price in ${currency}`}
            name="price"
            defaultValue={price.toFixed(2)}
            error={errors.price}
            required
            inputMode="decimal"
            pattern={PATTERNS.price}
          />
          <StockChange
            hint={`${stock} in stock. Say how many come or go, such as 25 or -3.`}
            error={errors.stockChange}
          />
        </>
      )}
    </Act>
  );
}

function NewProduct({ onDone }: { onDone: () => void }) {
  const keyFor = useRef(requestKeys());
  return (
    <Act
      label="New product"
      title="New product"
      doIt="Add the product"
      action="PRODUCT_CHANGED"
      kind="primary"
      words={PRODUCT_WORDS}
      run={async (values) => {
        const productId = values.productId ?? '';
        // The API would change a product that has this id already.
        if ((await findProducts([productId])).has(productId)) throw faultOf('productId');
        const { name } = await putProduct(productId, values, keyFor.current);
        return `${name} is in the catalogue.`;
      }}
      onDone={onDone}
    >
      {(errors) => (
        <>
          <Field
            label="Product id"
            name="productId"
            hint="It cannot be changed later."
            error={errors.productId}
            required
            pattern={PATTERNS.productId}
            autoComplete="off"
          />
          <Field label="Name" name="name" error={errors.name} required maxLength={200} autoComplete="off" />
          <Field
            label="Price"
            name="price"
            error={errors.price}
            required
            inputMode="decimal"
            pattern={PATTERNS.price}
            autoComplete="off"
          />
          <Field
            label="Currency"
            name="currency"
            defaultValue="USD"
            error={errors.currency}
            required
            pattern={PATTERNS.currency}
            autoComplete="off"
          />
          <StockChange hint="How many there are." error={errors.stockChange} />
        </>
      )}
    </Act>
  );
}

function StockChange({ hint, error }: { hint: string; error: string | undefined }) {
  return (
    <Field
      label="Change of stock"
      name="stockChange"
      hint={hint}
      defaultValue="0"
      error={error}
      pattern={PATTERNS.stockChange}
      autoComplete="off"
    />
  );
}

/** @throws Advice, Refusal or Unanswered */
async function putProduct(
  productId: string,
  values: ActValues,
  keyFor: (body: unknown) => string,
  product?: Product,
): Promise<ProductDetail> {
  const change = productChangeOf(values, product);
  if (!change) throw new Advice('Nothing is changed yet.');
  const body = { ...change, reason: values.reason };
  try {
    return await answerOf(
      api.PUT('/products/{productId}', {
        params: { path: { productId }, header: { 'idempotency-key': keyFor({ productId, ...body }) } },
        body,
      }),
    );
  } catch (error) {
    // The API does not say which field it is about, because there is only one.
    if (error instanceof Refusal && error.code === 'INSUFFICIENT_STOCK') throw faultOf('stockChange');
    throw error;
  }
}

/** An error that the form shows beside a field. */
function faultOf(field: string): Refusal {
  const detail = `${field} is not accepted`;
  return new Refusal({ status: 400, code: 'VALIDATION_FAILED', detail, errors: [{ pointer: `/${field}`, detail }] });
}

const PICTURE_WORDS = { file: 'Choose a PNG, JPEG or WebP picture of at most 5 MB.' };

function ChangePicture({ product: { productId, name } }: { product: Product }) {
  const [part, setPart] = useState<number | undefined>();
  return (
    <Act
      label="New picture"
      description={`New picture of ${name}`}
      title={`New picture of ${name}`}
      doIt="Upload the picture"
      action="IMAGE_UPLOAD_SIGNED"
      words={PICTURE_WORDS}
      run={async ({ reason }, form) => {
        const file = (form.elements.namedItem('file') as HTMLInputElement).files?.[0];
        if (!file || faultOfImage(file) !== undefined || !isImageType(file.type)) throw faultOf('file');
        try {
          const query = { productId, contentType: file.type, reason };
          const signed = await answerOf(api.GET('/products/upload', { params: { query } }));
          setPart(0);
          await postImage(signed, file, setPart, new XMLHttpRequest() as UploadRequest);
        } finally {
          setPart(undefined);
        }
        return 'The picture is uploaded. It is checked now, and the shop shows it within half a minute. A file that is not the picture that its name says is removed.';
      }}
    >
      {(errors) => (
        <>
          <FileField error={errors.file} />
          {part !== undefined && (
            <p>
              <label>
                Upload: {Math.round(part * 100)} % <progress max={1} value={part} />
              </label>
            </p>
          )}
        </>
      )}
    </Act>
  );
}

function FileField({ error }: { error: string | undefined }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Picture</label>
      <p class="hint" id={`${id}-hint`}>
        PNG, JPEG or WebP, at most 5 MB.
      </p>
      <input
        id={id}
        name="file"
        type="file"
        accept={IMAGE_TYPES.join()}
        required
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? `${id}-hint` : `${id}-hint ${id}-error`}
      />
      {error !== undefined && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
