import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from 'preact-iso';
import { ConfirmPage } from './shop/account/confirm-page.tsx';
import { ForgotPage } from './shop/account/forgot-page.tsx';
import { SignInPage } from './shop/account/sign-in-page.tsx';
import { SignUpPage } from './shop/account/sign-up-page.tsx';
import { CartPage } from './shop/cart/cart-page.tsx';
import { CheckoutPage } from './shop/checkout/checkout-page.tsx';
import { NotFoundPage } from './shop/not-found-page.tsx';
import { OrderPage } from './shop/orders/order-page.tsx';
import { OrdersPage } from './shop/orders/orders-page.tsx';
import { ProductsPage } from './shop/products/products-page.tsx';
import { PageErrorBoundary } from './ui/error-boundary.tsx';
import { Layout } from './ui/layout.tsx';

/** The operators' part, which customers never load. */
const Desk = lazy(() => import('./desk/desk.tsx'));

export function App() {
  return (
    <LocationProvider>
      <Layout>
        <Pages />
      </Layout>
    </LocationProvider>
  );
}

function Pages() {
  const { path } = useLocation();
  return (
    // A page that could not be drawn is left behind with its address.
    <PageErrorBoundary key={path.startsWith('/desk') ? '/desk' : path}>
      <ErrorBoundary>
        <Router>
          <Route path="/" component={ProductsPage} />
          <Route path="/cart" component={CartPage} />
          <Route path="/checkout" component={CheckoutPage} />
          <Route path="/orders" component={OrdersPage} />
          <Route path="/orders/:id" component={OrderPage} />
          <Route path="/sign-in" component={SignInPage} />
          <Route path="/sign-up" component={SignUpPage} />
          <Route path="/confirm" component={ConfirmPage} />
          <Route path="/forgot" component={ForgotPage} />
          <Route path="/desk" component={Desk} />
          <Route path="/desk/*" component={Desk} />
          <Route default component={NotFoundPage} />
        </Router>
      </ErrorBoundary>
    </PageErrorBoundary>
  );
}
